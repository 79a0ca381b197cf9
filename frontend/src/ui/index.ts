/** What pages import by name; components come by themselves in templates. */
export { confirm, type Question } from './confirm'
export { download } from './download'
export * from './format'
export { fieldErrors, fieldText, problemText } from './problemText'
export { toast, toastError } from './toast'
export { useAutosave, type SaveState } from './autosave'
export { useNow } from './now'

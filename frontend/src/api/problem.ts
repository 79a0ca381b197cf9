/** One wrong field of a request, addressed by a JSON path such as `targets[0].value`. */
export interface FieldProblem {
  path: string
  code: string
  detail?: string
}

/**
 * The one error the program knows: what the server answered as problem+json, or that it could not be reached.
 * `code` is the key of the message shown to people (locales, `problems`).
 */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly code: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly detail: string = '',
    readonly fields: FieldProblem[] = [],
    /** Quoted to the operator when something must be looked up in the logs. */
    readonly requestId: string = '',
  ) {
    super(detail || code)
  }

  /** True when trying the same request again may succeed. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }
}

/** Reads a refused response; anything that is not problem+json still becomes a Problem. */
export function toProblem(status: number, body: unknown, requestId = ''): Problem {
  const p = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (v: unknown): string => (typeof v === 'string' ? v : '')
  const fields = Array.isArray(p.fields) ? (p.fields as FieldProblem[]) : []
  return new Problem(text(p.code) || `http_${status}`, status, text(p.detail), fields, text(p.requestId) || requestId)
}

/** Any thrown thing as a Problem, for error states that must show something. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) return new Problem('unreachable', 0)
  return new Problem('unexpected', -1, error instanceof Error ? error.message : String(error))
}

import type { Account } from '@/api/paths'

/** What sign-up asks, as the fields hold it. */
export interface SignUpForm {
  name: string
  phone: string
  codeId: string
  code: string
  email: string
  password: string
  agree: boolean
  alone: boolean
  creditCode: string
  orgName: string
  capacities: Account['Capacity'][]
  districtCode: string
  chainCodes: string[]
  industryCode: string
  sizeClass: Account['SizeClass'] | ''
  employees: string
  foundedOn: string
  address: string
  website: string
  summary: string
  products: string
}

export const emptyForm = (): SignUpForm => ({
  name: '', phone: '', codeId: '', code: '', email: '', password: '', agree: false, alone: false, creditCode: '', orgName: '', capacities: [], districtCode: '', chainCodes: [],
  industryCode: '', sizeClass: '', employees: '', foundedOn: '', address: '', website: '', summary: '', products: '',
})

/** `齿轮、减速器\n磨削` becomes three products. */
export const splitProducts = (text: string): string[] => [...new Set(text.split(/[、，,;；\n]+/).map((part) => part.trim()).filter(Boolean))].slice(0, 30)

/** The form as the request; what was left empty is left out. */
export function toInput(form: SignUpForm): Account['SignUpInput'] {
  const filled = <T extends object>(fields: T): T => Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== '' && v !== undefined && !(Array.isArray(v) && v.length === 0))) as T
  const person = filled({ name: form.name.trim(), phone: form.phone.trim(), codeId: form.codeId, code: form.code, email: form.email.trim(), password: form.password })
  if (form.alone) return person
  return {
    ...person,
    organisation: {
      ...filled({
        chainCodes: form.chainCodes,
        industryCode: form.industryCode,
        sizeClass: form.sizeClass || undefined,
        employees: form.employees === '' ? undefined : Number(form.employees),
        foundedOn: form.foundedOn,
        address: form.address.trim(),
        website: form.website.trim(),
        summary: form.summary.trim(),
        products: splitProducts(form.products),
        contact: { name: form.name.trim(), phone: form.phone.trim() },
      }),
      name: form.orgName.trim(),
      creditCode: form.creditCode.trim().toUpperCase().replaceAll(/\s/g, ''),
      capacities: form.capacities,
      districtCode: form.districtCode,
    },
  }
}

type Wrong = Partial<Record<keyof SignUpForm, 'required' | 'codeMissing' | 'passwordShort' | 'agreeMissing'>>

/** What is missing in a step; empty when the next step may begin. */
export function missingIn(step: 'person' | 'organisation', form: SignUpForm): Wrong {
  const wrong: Wrong = {}
  const needs = (...keys: (keyof SignUpForm)[]): void => {
    for (const key of keys) {
      const value = form[key]
      if (value === '' || (typeof value === 'string' && !value.trim()) || (Array.isArray(value) && value.length === 0)) wrong[key] = 'required'
    }
  }
  if (step === 'person') {
    needs('name', 'phone')
    if (!form.codeId || form.code.length < 6) wrong.code = 'codeMissing'
    if (form.password && form.password.length < 8) wrong.password = 'passwordShort'
    if (!form.agree && !form.alone) wrong.agree = 'agreeMissing'
  } else {
    needs('creditCode', 'orgName', 'capacities', 'districtCode')
  }
  return wrong
}

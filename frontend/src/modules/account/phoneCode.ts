import { computed, onScopeDispose, ref, type ComputedRef, type Ref } from 'vue'
import { api, call, idempotencyKey } from '@/api/client'

/** What proves a number: the request's id and the six digits that came. */
export interface Proof {
  codeId: string
  code: string
}

export interface PhoneCode {
  codeId: Ref<string>
  code: Ref<string>
  /** Seconds until another can be asked for. */
  wait: ComputedRef<number>
  sending: Ref<boolean>
  /** Asks for a code; throws the Problem when it could not be sent. */
  send: (phone: string) => Promise<void>
  proof: ComputedRef<Proof>
}

/** Full-width digits, blanks and hyphens are what people paste. */
export const digitsOf = (typed: string): string => typed.normalize('NFKC').replaceAll(/\D/g, '').slice(0, 6)

/** One phone's code: sending, the countdown, and what was typed. A repeat after a broken connection sends no second message. */
export function usePhoneCode(): PhoneCode {
  const codeId = ref('')
  const code = ref('')
  const sending = ref(false)
  const nextAt = ref(0)
  const now = ref(Date.now())
  let request = { phone: '', key: '' }
  const timer = setInterval(() => (now.value = Date.now()), 1000)
  onScopeDispose(() => clearInterval(timer))

  async function send(phone: string): Promise<void> {
    if (request.phone !== phone || !request.key) request = { phone, key: idempotencyKey() }
    sending.value = true
    const began = Date.now()
    try {
      const sent = await call(api.POST('/api/v1/auth/phone-codes', { body: { phone }, params: { header: { 'Idempotency-Key': request.key } } }))
      codeId.value = sent.codeId
      code.value = ''
      // The server's clock may differ from this one: what counts is how long from now.
      now.value = Date.now()
      nextAt.value = began + 60_000
      request.key = ''
    } finally {
      sending.value = false
    }
  }

  return {
    codeId, code, sending, send,
    wait: computed(() => Math.max(0, Math.ceil((nextAt.value - now.value) / 1000))),
    proof: computed(() => ({ codeId: codeId.value, code: digitsOf(code.value) })),
  }
}

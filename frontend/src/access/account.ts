import { Problem } from '@/api/problem'

export interface Me {
  name: string
  organisation?: { id: string; name: string }
  allowedOperations: string[]
}
export async function fetchMe(): Promise<Me> {
  throw new Problem('unreachable', 0)
}
export async function endSession(): Promise<void> {}

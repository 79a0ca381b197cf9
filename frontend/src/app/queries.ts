import { QueryClient } from '@tanstack/vue-query'
import { asProblem } from '@/api/problem'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A refusal is an answer; only what may pass by itself is tried again.
      retry: (failures, error) => failures < 2 && asProblem(error).transient,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'
import type { Achievement } from '@/api/paths'

export type Way = Achievement['AchievementWay']
/** The ways in the order of forms. */
export const ways: Way[] = ['transfer', 'licence', 'equity', 'joint', 'commissioned', 'trial_first', 'pay_later', 'open_licence', 'consulting', 'service']

/** The readiness most firms ask for before they buy. */
export const usable = 7
/** From this many missing levels on a bridge is shown. */
export const bridgeFrom = 3

export const useAchievement = (id: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) =>
  useQuery({ queryKey: ['achievement', id], queryFn: () => call(api.GET('/api/v1/achievements/{achievementId}', { params: { path: { achievementId: toValue(id) } } })), enabled })

export const useDeal = (id: MaybeRefOrGetter<string>) =>
  useQuery({ queryKey: ['achievement-deal', id], queryFn: () => call(api.GET('/api/v1/achievement-deals/{dealId}', { params: { path: { dealId: toValue(id) } } })) })

/** Makes everything that shows achievements or deals ask again. */
export function useRefresh(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await Promise.all(['achievement', 'achievements', 'achievement-deal', 'achievement-deals'].map((key) => client.invalidateQueries({ queryKey: [key] })))
  }
}

/** Rows of a text area, `a | b | c` a line; empty lines are left out. */
export const rowsOf = (text: string): string[][] => text.split('\n').map((line) => line.split(/[|｜]/).map((part) => part.trim())).filter((row) => row.some(Boolean))

/** 万元 as typed to fen; nothing for an empty field. */
export const fenOf = (wan: string): number | undefined => (wan.trim() === '' || Number.isNaN(Number(wan)) ? undefined : Math.round(Number(wan) * 1_000_000))

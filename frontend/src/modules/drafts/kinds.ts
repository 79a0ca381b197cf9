/** What staff draft for others. */
export const kinds = ['demand', 'achievement', 'admission', 'claim'] as const
export type Kind = (typeof kinds)[number]

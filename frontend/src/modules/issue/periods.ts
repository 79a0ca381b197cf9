/** The periods an operator may open around a day: this quarter and half-year, and those before and after. In China's time. */
export function periodsAround(day: Date): string[] {
  const [year, month] = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit' }).format(day).split('-').map(Number) as [number, number]
  const name = (length: number, letter: string) => (offset: number): string => {
    const perYear = 12 / length
    const index = year * perYear + Math.floor((month - 1) / length) + offset
    return `${Math.floor(index / perYear)}${letter}${(index % perYear) + 1}`
  }
  return [...[0, 1, -1].map(name(3, 'Q')), ...[0, 1, -1].map(name(6, 'H'))]
}

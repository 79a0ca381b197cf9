/** The words of a text: cut at the marks people list with, trimmed, each once. */
export function wordsIn(text: string): string[] {
  const words = text.split(/[、，,；;\n]+/).map((word) => word.trim().replaceAll(/\s+/g, ' ')).filter(Boolean)
  return words.filter((word, i) => words.findIndex((other) => other.toLowerCase() === word.toLowerCase()) === i)
}

export const shown = (words: readonly string[]): string => words.join('、')

export interface DiffLine {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** What became of a list of lines: the longest run of lines kept in order, around it what went and what came. Lists here are short. */
export function lineDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  const longest: number[][] = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0))
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) longest[i]![j] = before[i] === after[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ kind: 'same', text: before[i]! })
      i++
      j++
    } else if (i < before.length && (j === after.length || longest[i + 1]![j]! >= longest[i]![j + 1]!)) {
      lines.push({ kind: 'gone', text: before[i++]! })
    } else {
      lines.push({ kind: 'new', text: after[j++]! })
    }
  }
  return lines
}

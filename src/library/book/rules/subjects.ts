/** Subjects of a title, which the catalogue keeps as one text: `한국 소설--역사 ; 하동`. */
const BETWEEN = ' ; '
/** What the column holds, in characters. */
export const MOST_SUBJECT_CHARACTERS = 1_000

/** The subjects that somebody has written into one text, each once. */
export function subjectsIn(text: string): string[] {
  const each = text.split(';').map((subject) => subject.trim())
  return [...new Set(each.filter((subject) => subject !== ''))]
}

/** As many of the subjects as fit into one text. */
export function joinSubjects(subjects: readonly string[]): string {
  let length = -BETWEEN.length
  const fitting = subjects.filter((subject) => {
    length += BETWEEN.length + [...subject].length
    return length <= MOST_SUBJECT_CHARACTERS
  })
  return fitting.join(BETWEEN)
}

import iconv from 'iconv-lite'

/** A field as cataloguers write it: `245 00 $a토지 /$d박경리 지음`, control fields without `$`. `#` is a blank indicator. */
export type Line = string

const bytesOf = (text: string, encoding: string) => iconv.encode(text, encoding)

/**
 * A record of ISO 2709 made by hand, so that what reads it is not tested by what writes it.
 * @param more.leader the signs at 5–9: status, type, level, control, encoding
 */
export function iso2709(lines: readonly Line[], more: { encoding?: string; leader?: string } = {}): Buffer {
  const { encoding = 'utf8' } = more
  const { leader = encoding === 'utf8' ? 'nam a' : 'nam  ' } = more
  let directory = ''
  let start = 0
  const fields = lines.map((line) => {
    const tag = line.slice(0, 3)
    const rest = line.slice(4)
    const text = tag.startsWith('00')
      ? rest
      : rest.slice(0, 2).replaceAll('#', ' ') + rest.slice(3).replaceAll('$', '\x1f')
    const bytes = bytesOf(`${text}\x1e`, encoding)
    directory += tag + String(bytes.length).padStart(4, '0') + String(start).padStart(5, '0')
    start += bytes.length
    return bytes
  })
  const base = 24 + directory.length + 1
  const length = String(base + start + 1).padStart(5, '0')
  const head = `${length}${leader}22${String(base).padStart(5, '0')}   4500${directory}\x1e`
  return Buffer.concat([Buffer.from(head, 'latin1'), ...fields, Buffer.from([0x1d])])
}

/** The same as an element of MARCXML, with a prefix as many systems write it. */
export function marcXml(lines: readonly Line[], prefix = ''): string {
  const fields = lines.map((line) => {
    const tag = line.slice(0, 3)
    const rest = line.slice(4)
    if (tag.startsWith('00')) return `<${prefix}controlfield tag="${tag}">${rest}</${prefix}controlfield>`
    const [, ...parts] = rest.split('$')
    const [ind1, ind2] = rest.slice(0, 2).replaceAll('#', ' ')
    const inside = parts.map(
      (part) => `<${prefix}subfield code="${part.charAt(0)}">${part.slice(1)}</${prefix}subfield>`,
    )
    return `<${prefix}datafield tag="${tag}" ind1="${ind1}" ind2="${ind2}">${inside.join('')}</${prefix}datafield>`
  })
  return `<${prefix}record>\n<${prefix}leader>00000nam a2200000   4500</${prefix}leader>\n${fields.join('\n')}\n</${prefix}record>\n`
}

/** 토지 as a public library has it. */
export const TOJI: readonly Line[] = [
  '001 KMO201200001',
  '008 120315s2012    ulk           000 af kor  ',
  '020 ## $a9791188000005$g04810 :$c₩14000',
  '020 1# $a9788937400001 (세트)',
  '049 0# $lEM0000012345$v1$lEM0000012346$v1$c2',
  '056 ## $a813.6$25',
  '090 ## $a813.6$b박14ㅌ$c1',
  '245 00 $a토지 :$b대하소설.$n1 /$d박경리 지음',
  '260 ## $a서울 :$b샘물문고,$c[2012]',
  '300 ## $a478 p. ;$c23 cm',
  '650 #8 $a한국 현대 소설[韓國現代小說]',
  '700 1# $a박경리,$d1926-2008',
  '856 40 $3표지$uhttps://covers.example.kr/toji-1.jpg',
]

export const without = (lines: readonly Line[], ...tags: readonly string[]) =>
  lines.filter((line) => !tags.includes(line.slice(0, 3)))

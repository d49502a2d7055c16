import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/call.ts'
import { serverNow } from '../api/server-clock.ts'
import { Badge, Stamp, VERSION_TONES } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { NAMES, untilNext } from './draft.ts'
import { NewTerms } from './new-terms.tsx'
import { Term } from './term.tsx'
import { sellingTermsWords } from './words.ts'

/** What selling costs the customer beside the goods: in force, to come and past, and the way to publish it anew. */
export function SellingTermsPage() {
  const t = useWords(sellingTermsWords)
  const { data, error, refetch } = useQuery({
    queryKey: ['selling-terms'],
    queryFn: () => call('GET /api/admin/selling-terms'),
    refetchInterval: ({ state }) => untilNext(state.data?.data ?? [], serverNow()),
  })
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <p className="quiet">{t.says}</p>
      {data ? (
        <>
          <Versions said={data} />
          <NewTerms said={data} />
        </>
      ) : error ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </div>
  )
}

function Versions({ said }: { said: AnswerOf<'GET /api/admin/selling-terms'> }) {
  const t = useWords(sellingTermsWords)
  return (
    <ScrollTable label={t.versions} look="low">
      <thead>
        <tr>
          <th scope="col">{t.version}</th>
          <th scope="col">{t.state}</th>
          <th scope="col">{t.from}</th>
          {NAMES.map((name) => (
            <th scope="col" className="right" key={name}>
              {t.short[name]}
            </th>
          ))}
          <th scope="col">{t.publishedAt}</th>
        </tr>
      </thead>
      <tbody>
        {said.data.map(({ version, state, validFrom, publishedAt, terms }) => (
          <tr key={version}>
            <td className="figures">{version === 0 ? t.settings : version}</td>
            <td>
              <Badge tone={VERSION_TONES[state]}>{t.states[state]}</Badge>
            </td>
            <td>{validFrom === null ? t.beginning : <Stamp at={validFrom} />}</td>
            {NAMES.map((name) => (
              <td className="figures right" key={name}>
                <Term name={name} value={terms[name]} />
              </td>
            ))}
            <td>
              <Stamp at={publishedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

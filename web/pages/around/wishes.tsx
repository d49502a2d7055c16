import { refused } from '../../../src/platform/refusal.ts'
import { Card, Nothing, Notice } from '../../ui/parts.tsx'
import { shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

/** One's own wish list. Items that are not sold any more stand below the others, to be taken off. */
export function wishPages(site: Site): void {
  const { catalog, wishes } = site.world
  site.signedIn('GET', '/wishes', async (visit, actor) => {
    const own = visit.words.around.wishes
    const list = await wishes.list(actor.userId)
    const found = await Promise.all(
      list.filter(({ isSold }) => isSold).map(({ itemId }) => catalog.browse.detail(itemId)),
    )
    const gone = list.filter(({ isSold }) => !isSold)
    const items = found.flatMap((one) => (one.kind === 'refused' ? [] : [one.value]))
    const done = new Map<string | null, string>(Object.entries(own.done)).get(visit.query.get('done'))
    const trouble = visit.query.get('trouble')
    const title = trouble === null ? undefined : site.world.problems[trouble]?.title
    return shown({
      title: own.title,
      tab: 'my',
      body: (
        <div className="wide">
          <h1>{own.title}</h1>
          {title && <Notice kind="wrong">{visit.say(title)}</Notice>}
          {done && <Notice kind="done">{done}</Notice>}
          {list.length === 0 ? (
            <Nothing
              title={own.none}
              hint={own.noneHint}
              action={
                <a className="button" href={visit.to('/items')}>
                  {visit.words.home.toBest}
                </a>
              }
            />
          ) : (
            <ul className="grid">
              {items.map((item) => (
                <Card key={item.id} item={item} visit={visit}>
                  <form action={visit.to(`/wishes/${item.id}/remove`)} method="post" data-once="">
                    <button className="button plain small" type="submit" aria-label={own.removeOf(item.name)}>
                      {own.remove}
                    </button>
                  </form>
                </Card>
              ))}
            </ul>
          )}
          {gone.length > 0 && (
            <section className="box">
              <h2>{own.gone}</h2>
              <ul className="plain-list">
                {gone.map(({ itemId, name }) => (
                  <li key={itemId} className="way">
                    <p>{name ?? own.unknown}</p>
                    <form action={visit.to(`/wishes/${itemId}/remove`)} method="post" data-once="">
                      <button
                        className="button plain small"
                        type="submit"
                        aria-label={own.removeOf(name ?? own.unknown)}
                      >
                        {own.remove}
                      </button>
                    </form>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      ),
    })
  })
  site.signedIn('POST', '/wishes/:id/add', async (visit, actor) => {
    const itemId = idOf(visit.params.id)
    const added =
      itemId === undefined ? refused('not_found') : await wishes.add({ accountId: actor.userId, itemId })
    if (added.kind !== 'refused') return to('/wishes?done=added')
    return ['not_found', 'item_no_longer_sold'].includes(added.code)
      ? added
      : to(`/wishes?trouble=${added.code}`)
  })
  site.signedIn('POST', '/wishes/:id/remove', async (visit, actor) => {
    const itemId = idOf(visit.params.id)
    if (itemId === undefined) return refused('not_found')
    await wishes.remove({ accountId: actor.userId, itemId })
    return to('/wishes?done=removed')
  })
}

/** A form of its own beside an item. */
export function WishForm({ visit, itemId }: { visit: Visit; itemId: string }) {
  return (
    <form action={visit.to(`/wishes/${itemId}/add`)} method="post" data-once="">
      <button className="button plain small" type="submit">
        <span aria-hidden="true">♡</span>&nbsp;{visit.words.around.wishes.add}
      </button>
    </form>
  )
}

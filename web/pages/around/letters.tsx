import { momentText } from '../../ui/format.ts'
import { Nothing } from '../../ui/parts.tsx'
import { shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf } from '../frame/visit.ts'
import type { Letters } from '../frame/world.ts'

const PAGE_SIZE = 20

type Message = Awaited<ReturnType<Letters['pages']['list']>>['messages'][number]

/** What we have told somebody, whether or not it also went out by mail. */
export function letterPages(site: Site, { pages }: Letters): void {
  site.signedIn('GET', '/notifications', async (visit, actor) => {
    const { words, language } = visit
    const own = words.around.letters
    const after = idOf(visit.query.get('after'))
    const { messages, next, unread } = await pages.list(actor, { language, size: PAGE_SIZE, after })
    return shown({
      title: own.title,
      tab: 'my',
      body: (
        <div className="wide">
          <h1>{own.title}</h1>
          {unread > 0 && (
            <form className="card-head" action={visit.to('/notifications/read')} method="post" data-once="">
              <p>{own.unread(unread)}</p>
              <button className="button plain small" type="submit">
                {own.readAll}
              </button>
            </form>
          )}
          {messages.length === 0 ? (
            <Nothing title={own.none} hint={own.noneHint} />
          ) : (
            <ul className="cards">
              {messages.map(({ id, title, text, about, createdAt, readAt }) => (
                <li key={id} className="box letter">
                  <p className="card-head">
                    <strong>
                      {readAt === null && <span className="badge">{own.new}</span>} {title}
                    </strong>
                    <span className="quiet">{momentText(createdAt, language)}</span>
                  </p>
                  <p className="lines">{text}</p>
                  <p>
                    <a href={visit.to(addressOf(about))}>{own.about[about.type]}</a>
                  </p>
                </li>
              ))}
            </ul>
          )}
          {next !== null && (
            <p>
              <a href={visit.to(`/notifications?after=${next}`)}>{own.older}</a>
            </p>
          )}
        </div>
      ),
    })
  })
  site.signedIn('POST', '/notifications/read', async (_visit, actor) => {
    await pages.readAll(actor)
    return to('/notifications')
  })
}

function addressOf({ type, id }: Message['about']): string {
  switch (type) {
    case 'order':
      return `/orders/${id}`
    case 'subscription':
      return `/subscriptions/${id}`
    case 'loan':
    case 'hold':
      return '/library/my'
    case 'question':
      return '/questions'
    case 'account':
      return '/profile'
  }
}

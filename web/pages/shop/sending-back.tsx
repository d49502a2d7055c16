import type { ReturnPolicy } from '../../../src/shop/orders/index.ts'
import { wonText } from '../../ui/format.ts'
import type { Visit } from '../frame/visit.ts'

/** What sending something back will cost whoever buys now: said before they do, for it holds for their order. */
export function SendingBack({
  visit: { words, language },
  returns: { returnFee, exchangeFee },
}: {
  visit: Visit
  returns: ReturnPolicy
}) {
  return (
    <p className="quiet">
      {words.item.sendingBack(wonText(returnFee, language), wonText(exchangeFee, language))}
    </p>
  )
}

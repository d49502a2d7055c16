/** Items looked at on this device: it alone remembers them, and they are asked for by name when they are to be shown. */
const KEY = 'recent-items'
const MOST = 12

function remembered(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

const shown = document.querySelector<HTMLElement>('[data-item]')?.dataset.item
const before = remembered().filter((id) => id !== shown)
if (shown) {
  try {
    localStorage.setItem(KEY, JSON.stringify([shown, ...before].slice(0, MOST)))
  } catch {
    // A device that keeps nothing shows nothing.
  }
}

const place = document.querySelector<HTMLElement>('[data-recent]')
const wanted = before.slice(0, Number(place?.dataset.most ?? MOST))
if (place && wanted.length > 0 && !location.search.includes('item=')) {
  const request = new XMLHttpRequest()
  const query = new URLSearchParams(wanted.map((id) => ['item', id]))
  request.open('GET', `${place.dataset.recent}?${query}`)
  request.responseType = 'document'
  request.onload = () => {
    const grid = request.responseXML?.querySelector('#recent .grid')
    if (!grid) return
    place.replaceChildren(document.adoptNode(grid))
    place.closest('section')?.removeAttribute('hidden')
  }
  request.send()
}

export {}

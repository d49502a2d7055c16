import './console.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/call.ts'
import { router } from './router.tsx'

const FRESH_MS = 2_000
const MOST_TRIES = 3

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // A refusal stays one; what did not reach us, or came back as "busy", may be better a moment later.
      retry: (tries, error) =>
        tries < MOST_TRIES && !(error instanceof ApiProblem && error.status < 500 && error.status !== 429),
    },
  },
})

// A room that is not loaded yet, after the server has been replaced by another version: its page is loaded anew.
window.addEventListener('vite:preloadError', () => location.reload())

const place = document.getElementById('console')
if (!place) throw new Error('the page has no place for the console')
createRoot(place).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
)

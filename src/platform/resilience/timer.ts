/** The longest delay a Node timer can hold (about 24.8 days); a longer one would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647

/** States of orders of which nothing is left that a customer could withdraw from. */
const OVER: readonly string[] = ['cancelled', 'expired', 'refunded']

/** Whether nothing is left of a purchase. */
export const isOver = ({ state }: { readonly state: string }): boolean => OVER.includes(state)

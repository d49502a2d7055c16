/**
 * Ends once when the process is told to stop, however often it is told, and exits then: npm passes Ctrl-C on to whom it
 * has already reached, and a second one would end the process in the middle of stopping what it has started.
 */
export function endWhenTold(end: () => Promise<unknown>, exitCode: number): void {
  const told = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop())
  })
  void told.then(end).finally(() => process.exit(exitCode))
}

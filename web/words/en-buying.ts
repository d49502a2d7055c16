/** What goes with buying, in English: where parcels go. */
export const buying = {
  addresses: {
    title: 'Address book',
    lead: 'Save up to 20 addresses to choose from when you order.',
    none: 'You have no saved addresses.',
    noneHint: 'Save where you receive parcels often, and ordering is quicker.',
    isDefault: 'Default',
    makeDefault: 'Make default',
    change: 'Change',
    remove: 'Remove',
    add: 'New address',
    addDo: 'Save address',
    changeTitle: 'Change address',
    changeDo: 'Save changes',
    asDefault: 'Save as the default',
    back: 'Address book',
    of: (name: string, what: string) => `${what}: address of ${name}`,
    done: {
      added: 'The address is saved.',
      changed: 'The address is changed.',
      removed: 'The address is removed.',
      preferred: 'The default is changed.',
    },
    choose: 'Choose a saved address',
    save: 'Save this address',
  },
}

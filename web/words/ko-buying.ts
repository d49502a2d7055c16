/** What goes with buying, in Korean: where parcels go. */
export const buying = {
  addresses: {
    title: '배송지 관리',
    lead: '주문할 때 골라 쓸 배송지를 20개까지 저장할 수 있습니다.',
    none: '저장한 배송지가 없습니다.',
    noneHint: '자주 받는 곳을 저장해 두면 주문이 빨라집니다.',
    isDefault: '기본 배송지',
    makeDefault: '기본 배송지로',
    change: '수정',
    remove: '삭제',
    add: '새 배송지',
    addDo: '배송지 저장',
    changeTitle: '배송지 수정',
    changeDo: '수정 저장',
    asDefault: '기본 배송지로 저장',
    back: '배송지 목록',
    of: (name: string, what: string) => `${name} 배송지 ${what}`,
    done: {
      added: '배송지를 저장했습니다.',
      changed: '배송지를 수정했습니다.',
      removed: '배송지를 삭제했습니다.',
      preferred: '기본 배송지를 바꿨습니다.',
    },
    choose: '저장한 배송지에서 고르기',
    save: '이 배송지를 저장',
  },
}

/** The least SQL for an item's own page: the columns it shows, of each table by key. */
export function leastDetail(itemId: string): string {
  return `
    select i.id, i.name, i.enterprise, i.thumbnail, i.categories, i.origin_price, i.discount_permille,
      i.discount_price, i.real_price, i.registered_date::text, i.status, i.tax_free, i.statement_number,
      i.description_image, i.updated_date, x.distribution_period, x.appearance, x.serving_use, x.preservation,
      x.intake_hint, x.main_function, x.base_standard, x.raw_materials, x.shape,
      n.origin, n.maker_address, n.importer, n.country, n.import_declared, n.contents, n.ingredients, n.nutrition,
      n.side_effects, n.genetically_modified, n.phone,
      s.sales_count, s.view_count, s.review_count, s.rating, t.on_hand - t.held as available,
      array(
        select json_build_object('id', picture_id, 'width', width, 'height', height,
          'alt', json_build_object('ko', alt_ko, 'en', alt_en))
        from catalog.item_picture where item_id = '${itemId}' order by position) as pictures
    from catalog.item i
      join catalog.item_text x on x.item_id = '${itemId}'
      join catalog.shelf s on s.shelf = 'ALL' and s.item_id = '${itemId}'
      join catalog.stock t on t.item_id = '${itemId}'
      left join catalog.item_notice n on n.item_id = '${itemId}'
    where i.id = '${itemId}'`
}

-- An import finds a title that has no ISBN by what is said of it.
create index title_unnumbered on book.title (title) where isbn is null;

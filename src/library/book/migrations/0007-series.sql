-- The series a title is of (총서: 490, 440 or 830 of MARC and KORMARC), and its number there.
alter table book.title
  add column series text not null default '' check (char_length(series) <= 300),
  add column series_volume text not null default '' check (char_length(series_volume) <= 50);
alter table book.title add constraint title_series_volume check (series <> '' or series_volume = '');

-- Nobody reads or writes it since register_unread (0009) has taken its place.
drop table catalog.register_stuck;

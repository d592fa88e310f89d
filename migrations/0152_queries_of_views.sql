-- A pattern may not repeat as often as an address may be long: the length is asked for by itself.
alter table saved_views drop constraint saved_views_query_plain;
alter table saved_views add constraint saved_views_query_plain check (length(query) between 1 and 1500 and query !~ '[^!-~]');

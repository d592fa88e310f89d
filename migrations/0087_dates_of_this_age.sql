-- Dates far outside anybody's working life are typing errors, and some of them cannot be counted with. Not validated: an
-- installation may hold one from before this rule, and it stays readable.
alter table offers add constraint offers_start_of_this_age
    check (start_on between '2000-01-01' and '2200-01-01') not valid;
alter table candidates add constraint candidates_available_of_this_age
    check (available_from between '2000-01-01' and '2200-01-01') not valid;

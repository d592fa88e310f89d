-- Turning a second factor on or off changes the way into an account: the log says so from the row itself.
create trigger second_factors_noted after update on second_factors for each row
    when (old.confirmed_at is distinct from new.confirmed_at)
    execute function note_change('user', 'user_id', 'user_id', 'confirmed_at', 'user_id, salt, last_step, created_at');
create trigger second_factors_removed_noted after delete on second_factors for each row
    when (old.confirmed_at is not null)
    execute function note_change('user', 'user_id', 'user_id', 'confirmed_at', 'user_id, salt, last_step, created_at');

-- Ends all sessions of a person: called by the triggers of user_changed and role_changed.
CREATE OR REPLACE FUNCTION accounts_end_sessions(person bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM django_session USING usersessions_usersession AS noted
    WHERE django_session.session_key = noted.session_key AND noted.user_id = person;
    DELETE FROM usersessions_usersession WHERE user_id = person;
$$;

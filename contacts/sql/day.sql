-- A custom value as a day, NULL where it is none: what filters compare and what big groups index. Immutable, as an
-- index asks, and never raises. It is the day's ISO text in the C collation, which orders as days do; text cannot be
-- cast to a date immutably. Whoever changes what it returns makes the indexes on it anew (REINDEX).
CREATE OR REPLACE FUNCTION contacts_day(record jsonb, field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN record ->> field LIKE '____-__-__' AND record ->> field ~ '^[0-9-]+$'
    THEN (record ->> field) COLLATE "C" END;

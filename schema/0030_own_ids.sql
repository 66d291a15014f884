-- What a poster said in a type's own name of the id is kept as clientId, as what it says in `id` is: the exchange sends
-- that name itself now. A body is canonical JSON, and a quote inside a string has a backslash before it, so that the
-- name is found nowhere but as a member; neither type has objects inside. It is not
-- the first one: classificationMarking is. The id of such a record is still that of its
-- old body: who posts it once more makes a new record.
DO $$
DECLARE
    own record;
    member text;
BEGIN
    PERFORM set_config('relto.maintenance', 'on', true);
    FOR own IN SELECT * FROM (VALUES ('elset', 'idElset'), ('statevector', 'idStateVector')) AS v (type, name) LOOP
        member := format('"%s":("(?:[^"\\]|\\.)*")', own.name);
        UPDATE record SET body = CASE WHEN body::jsonb ? 'clientId' THEN regexp_replace(body, ',' || member, '')
                                      ELSE regexp_replace(body, member, '"clientId":\1') END
            WHERE type = own.type AND body LIKE '%"' || own.name || '":%';
    END LOOP;
    PERFORM set_config('relto.maintenance', '', true);
END
$$;

-- Whom a recall is told of, beside those who were sent the record: who could have seen it when it was taken back.

-- recall: for how many seconds the record had been here by then; -1 if it was under embargo or had expired.
ALTER TABLE notice ADD age bigint NOT NULL DEFAULT 0;
ALTER TABLE recall ADD age bigint NOT NULL DEFAULT 0;

-- As before, and as record_reader has it: the class did not wait for the record any more, and its time was there.
ALTER POLICY notice_reader ON notice USING (
    sender = (SELECT NULLIF(current_setting('relto.partner', true), ''))
    OR partner = (SELECT NULLIF(current_setting('relto.partner', true), ''))
       AND CASE kind
           WHEN 'recall' THEN (SELECT NULLIF(current_setting('relto.principal', true), '')) = ANY (principals)
               OR get_bit((SELECT bits FROM visible_now), label_id) <> 0
                  AND (get_bit((SELECT exempt FROM visible_now), label_id) <> 0
                       OR age >= CASE WHEN (SELECT delays IS NULL FROM visible_now) THEN 0
                                      WHEN get_byte((SELECT waits FROM visible_now), label_id) = 0 THEN 0
                                      ELSE (SELECT delays FROM visible_now)
                                           [get_byte((SELECT waits FROM visible_now), label_id)]
                                 END)
           ELSE record IS NULL
               OR EXISTS (SELECT FROM record r WHERE r.type = notice.type AND r.id = notice.record AND r.t = notice.t)
           END);

-- Every readable code that an asset ever had, per customer: a code is never given out twice, not even after its asset
-- was deleted or renamed. Kept by triggers, so that no way of writing a record can forget it.

CREATE TABLE used_codes (
    -- '' while an asset names no customer.
    customer TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (customer, code)
) STRICT, WITHOUT ROWID;

INSERT INTO used_codes
SELECT DISTINCT coalesce(doc ->> 'customer', ''), doc ->> 'code'
FROM records WHERE kind = 'asset' AND doc ->> 'code' IS NOT NULL;

CREATE TRIGGER records_code_new AFTER INSERT ON records
WHEN new.kind = 'asset' AND new.doc ->> 'code' IS NOT NULL
BEGIN
    INSERT INTO used_codes VALUES (coalesce(new.doc ->> 'customer', ''), new.doc ->> 'code') ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER records_code_changed AFTER UPDATE OF doc ON records
WHEN new.kind = 'asset' AND new.doc ->> 'code' IS NOT NULL
BEGIN
    INSERT INTO used_codes VALUES (coalesce(new.doc ->> 'customer', ''), new.doc ->> 'code') ON CONFLICT DO NOTHING;
END;

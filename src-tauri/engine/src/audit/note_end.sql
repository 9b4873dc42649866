-- How far a computer's trail goes. A trail that was cut off does not take back what is known of it.
INSERT INTO snapback.trail (id, os_user, host, number, hash)
VALUES ($1::text::uuid, $2, $3, $4::text::bigint, $5)
    ON CONFLICT (id) DO UPDATE
   SET number = excluded.number, hash = excluded.hash, at = now()
 WHERE trail.number < excluded.number

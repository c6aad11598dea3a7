-- The note that looks back on an incident once it is over; its phase is "resolved", as an earlier release reads it.
ALTER TABLE updates ADD COLUMN postmortem INTEGER NOT NULL DEFAULT 0 CHECK (postmortem IN (0, 1));

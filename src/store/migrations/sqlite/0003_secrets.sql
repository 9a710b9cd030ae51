-- Keys that this press makes for itself, each once: 64 hexadecimal digits.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

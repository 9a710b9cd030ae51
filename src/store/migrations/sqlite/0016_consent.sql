-- Where and how the reader asked for the list, where the publisher has said so: what an import brings as its proof.
ALTER TABLE subscriptions ADD COLUMN consent TEXT;

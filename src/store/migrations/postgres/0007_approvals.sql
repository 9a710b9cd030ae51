-- An address that anybody may ask for is found without reading every edition.
CREATE UNIQUE INDEX editions_approval ON editions (approval_token) WHERE approval_token IS NOT NULL;

//! Keys that sign letters: read from PEM, made anew, and told as the records that belong into the DNS.

use std::fmt;

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};

/// A private key and the name under which its public half is found in the DNS.
#[derive(Debug, Clone)]
pub struct DkimKey {
    /// The selector: `press2026` for a record at `press2026._domainkey.example.org`.
    pub selector: String,
    /// The key in PEM: PKCS#8, for RSA also PKCS#1.
    pub pem: SecretString,
}

/// Why a domain and its keys make no signer; no text holds a key.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum DkimError {
    /// Not a name that can stand in an address.
    #[error("`{0}` is not a domain that letters can be signed for")]
    Domain(String),
    /// RFC 6376 §3.1.
    #[error("`{0}` is not a selector: expected letters, digits and - in parts joined by dots")]
    Selector(String),
    /// Two keys cannot have one record.
    #[error("two keys have the selector `{0}`; each needs one of its own")]
    SelectorTwice(String),
    /// There is nothing to sign with.
    #[error("there is no key to sign with")]
    NoKey,
    /// The text holds no private key.
    #[error("it holds no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)")]
    NotPem,
    /// A key that DKIM has no use for, or one that is damaged.
    #[error("its key is neither RSA nor Ed25519, or is damaged")]
    Kind,
    /// RFC 8301 §3.2 allows 1024 bits; they are within reach of breaking, and the crypto library signs with no less
    /// than 2048.
    #[error("its RSA key has fewer than 2048 bits; `pressrun check --dkim-new DOMAIN` makes a new one")]
    TooSmall,
    /// The crypto library made no key.
    #[error("no key could be made; the system may have no random numbers to give")]
    NotMade,
}

/// A record for the DNS, of type TXT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its name, without a dot at the end: `press2026._domainkey.example.org`.
    pub name: String,
    /// Its text in one piece; a zone file wants it in strings of at most 255 octets.
    pub value: String,
}

impl DkimKey {
    /// Makes an RSA key of 2048 bits, which every receiver understands.
    pub fn generate_rsa(selector: &str) -> Result<Self, DkimError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| DkimError::NotMade)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| DkimError::NotMade)?;
        Ok(Self { selector: selector.to_owned(), pem: pem(der.as_ref()) })
    }

    /// Makes an Ed25519 key, for a second signature (RFC 8463).
    pub fn generate_ed25519(selector: &str) -> Result<Self, DkimError> {
        let der = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
        let der = der.map_err(|_| DkimError::NotMade)?;
        Ok(Self { selector: selector.to_owned(), pem: pem(der.as_ref()) })
    }
}

/// RFC 7468 §10.
fn pem(der: &[u8]) -> SecretString {
    let base64 = STANDARD.encode(der);
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem.into()
}

/// A key that was read; `Debug` shows its selector only.
pub(super) struct SigningKey {
    pub(super) selector: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl SigningKey {
    /// Reads a key.
    pub(super) fn new(key: &DkimKey) -> Result<Self, DkimError> {
        let label = |l: &str| {
            (1..=63).contains(&l.len())
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !key.selector.split('.').all(label) {
            return Err(DkimError::Selector(key.selector.chars().take(80).collect()));
        }
        let der = PrivateKeyDer::from_pem_slice(key.pem.expose_secret().as_bytes());
        let der = der.map_err(|_| DkimError::NotPem)?;
        Ok(Self { selector: key.selector.clone(), pair: pair(&der)? })
    }

    /// The `a=` of its signatures.
    pub(super) const fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    pub(super) const fn is_ed25519(&self) -> bool {
        matches!(self.pair, Pair::Ed25519(_))
    }

    /// Signs what was hashed; `None` if the crypto library would not.
    pub(super) fn sign(&self, hash: &Digest) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, hash, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: the hash itself is the message that Ed25519 signs.
            Pair::Ed25519(pair) => pair.try_sign(hash.as_ref()).ok().map(|s| s.as_ref().to_vec()),
        }
    }

    /// RFC 6376 §3.6.1, RFC 8463 §4.2: the record of its public half.
    pub(super) fn record(&self, domain: &str) -> KeyRecord {
        let value = match &self.pair {
            Pair::Rsa(pair) => {
                let der: Result<PublicKeyX509Der<'_>, _> = pair.public_key().as_der();
                let der = der.map_or_else(|_| String::new(), |der| STANDARD.encode(der.as_ref()));
                format!("v=DKIM1; k=rsa; p={der}")
            }
            Pair::Ed25519(pair) => {
                format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(pair.public_key().as_ref()))
            }
        };
        KeyRecord { name: format!("{}._domainkey.{domain}", self.selector), value }
    }
}

fn pair(der: &PrivateKeyDer<'_>) -> Result<Pair, DkimError> {
    let rsa = match der {
        PrivateKeyDer::Pkcs8(der) => {
            if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()) {
                return Ok(Pair::Ed25519(Box::new(pair)));
            }
            RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
        }
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Sec1(_) | _ => return Err(DkimError::Kind),
    };
    // The library's error has no variants, only a word.
    rsa.map(|pair| Pair::Rsa(Box::new(pair))).map_err(|error| match error.to_string().as_str() {
        "TooSmall" => DkimError::TooSmall,
        _ => DkimError::Kind,
    })
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.selector)
    }
}

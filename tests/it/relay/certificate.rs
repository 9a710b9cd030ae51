//! The certificate of the scripted relay, signed by itself.

use std::sync::Arc;

use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::TlsAcceptor;

/// What shakes hands as `127.0.0.1`, and the file that must be trusted for it.
pub(super) fn certificate(expired: bool) -> (TlsAcceptor, tempfile::NamedTempFile) {
    let mut wanted = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    if expired {
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let key = rcgen::KeyPair::generate().expect("a key");
    let made = wanted.self_signed(&key).expect("a certificate");
    let ca = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(ca.path(), made.pem()).expect("written");
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], key)
        .expect("a server");
    (TlsAcceptor::from(Arc::new(config)), ca)
}

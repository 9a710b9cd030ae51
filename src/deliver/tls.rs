//! TLS to a relay: the platform's roots, or those of one file (RFC 8314 §3).

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::reply::trouble;
use crate::model::{Reply, Step};

/// Returns what shakes hands: trusts the roots in `ca_file` alone, or the platform's where none is given.
pub(super) fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, Reply> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| trouble(Step::Tls, error))?;
    let config = match ca_file {
        Some(file) => builder.with_root_certificates(roots(file)?).with_no_client_auth(),
        None => {
            builder.with_platform_verifier().map_err(|error| trouble(Step::Tls, error))?.with_no_client_auth()
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn roots(file: &Path) -> Result<RootCertStore, Reply> {
    let fault = |what: &dyn std::fmt::Display| {
        trouble(Step::Tls, format_args!("{}: {what}, expected PEM certificates", file.display()))
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| fault(&error))? {
        let certificate = certificate.map_err(|error| fault(&error))?;
        store.add(certificate).map_err(|error| fault(&error))?;
    }
    if store.is_empty() {
        return Err(fault(&"no certificate in it"));
    }
    Ok(store)
}

/// Shakes hands as a client of `host`, a name or an IP address.
pub(super) async fn handshake(
    connector: &TlsConnector,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Reply> {
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|_| trouble(Step::Tls, format_args!("`{host}` is no name that a certificate can bear")))?;
    connector
        .connect(name, stream)
        .await
        .map_err(|error| trouble(Step::Tls, format_args!("no TLS with {host}: {error}")))
}

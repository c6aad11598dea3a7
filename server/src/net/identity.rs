//! Who we are to a peer that asks: a certificate of our own with its key.

use super::shake::certificates;
use super::tls::{Configs, no_configs, provider};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use std::fmt;
use std::sync::Arc;

/// A certificate with its private key, for peers that ask for one. Cheap to clone; the key is never shown.
#[derive(Clone)]
pub struct Identity(Arc<Held>);

struct Held {
    key: Arc<CertifiedKey>,
    configs: Configs,
}

/// Why two files make no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityProblem {
    /// The first holds no certificate.
    #[error("holds no certificate in PEM form that can be read")]
    Certificate,
    /// The second holds no key, one under a passphrase, or one of an unknown kind.
    #[error("holds no private key in PEM form that can be used here (RSA, ECDSA or Ed25519, without a passphrase)")]
    Key,
    /// They do not belong together.
    #[error("is the key of another certificate")]
    Mismatch,
}

impl Identity {
    /// Reads the chain, our own certificate first, and its key.
    pub fn read(chain: &str, key: &str) -> Result<Self, IdentityProblem> {
        let chain = certificates(chain);
        if chain.is_empty() {
            return Err(IdentityProblem::Certificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| IdentityProblem::Key)?;
        let key = provider().key_provider.load_private_key(key).map_err(|_| IdentityProblem::Key)?;
        let key = CertifiedKey::new(chain, key);
        match key.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(Error::InconsistentKeys(_)) => return Err(IdentityProblem::Mismatch),
            Err(_) => return Err(IdentityProblem::Certificate),
        }
        Ok(Self(Arc::new(Held { key: Arc::new(key), configs: no_configs() })))
    }

    /// Shows it to whoever asks.
    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.0.key)))
    }

    pub(super) fn configs(&self) -> &Configs {
        &self.0.configs
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.key.cert == other.0.key.cert
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn an_identity_is_a_certificate_and_its_own_key() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let params = CertificateParams::new(vec!["probe.test".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let identity = Identity::read(&certificate, &key.serialize_pem()).unwrap();
        assert_eq!(format!("{identity:?}"), "Identity(***)");
        for (chain, key, problem) in [
            ("", key.serialize_pem(), IdentityProblem::Certificate),
            (certificate.as_str(), String::new(), IdentityProblem::Key),
            (certificate.as_str(), certificate.clone(), IdentityProblem::Key),
            (certificate.as_str(), other.serialize_pem(), IdentityProblem::Mismatch),
        ] {
            assert_eq!(Identity::read(chain, &key).unwrap_err(), problem);
        }
    }
}

//! Sealing what a row keeps for a person's emergency, so that the row alone tells nothing: ChaCha20-Poly1305 with a key that is
//! derived from the tenant's pepper, which stands in another row.

use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

/// So many bytes that nobody can guess.
///
/// # Panics
/// When the operating system has no randomness to give: nothing secret can be made then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// Seals `plain`; only who knows `about` as well opens it.
pub(crate) fn seal(key: &[u8; 32], about: &str, plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random();
    let mut sealed = plain.to_vec();
    let appended = cipher(key).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(about.as_bytes()),
        &mut sealed,
    );
    appended.expect("a row is far below what the cipher takes");
    [nonce.as_slice(), &sealed].concat()
}

/// Opens what [`seal`] has made; `None` for anything else.
pub(crate) fn open(key: &[u8; 32], about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut plain = sealed.to_vec();
    let opened = cipher(key).open_in_place(nonce, Aad::from(about.as_bytes()), &mut plain).ok()?;
    Some(opened.to_vec())
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("the key has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_key_and_knows_what_it_is_about_opens_what_was_sealed() {
        let sealed = seal(&[1; 32], "a#1", b"hush");
        assert_eq!(open(&[1; 32], "a#1", &sealed).as_deref(), Some(b"hush".as_slice()));
        assert_eq!(open(&[2; 32], "a#1", &sealed), None);
        assert_eq!(open(&[1; 32], "a#2", &sealed), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(&[1; 32], "a#1", &changed), None);
            assert_eq!(open(&[1; 32], "a#1", &sealed[..place]), None);
        }
        assert_ne!(
            sealed,
            seal(&[1; 32], "a#1", b"hush"),
            "the same twice tells that it is the same"
        );
    }
}

//! What is asked for notices about a letter (RFC 3461 §4): of failures only, with its header, and by which name.

use crate::model::EmailAddress;

/// RFC 3461 §4.4: octets of an ENVID, encoded.
const ENVID: usize = 100;
/// RFC 3461 §4.2: octets of an ORCPT, encoded.
const ORCPT: usize = 500;

/// Returns the parameters of MAIL: notices bring the header back, and the part of the Message-ID before the `@`,
/// which is made of the delivery's number and the edition's token.
pub(super) fn of_the_letter(message_id: &str) -> String {
    let envelope = xtext(message_id.split('@').next().unwrap_or_default());
    if envelope.is_empty() || envelope.len() > ENVID {
        return " RET=HDRS".to_owned();
    }
    format!(" RET=HDRS ENVID={envelope}")
}

/// Returns the parameters of RCPT: no notice of success or delay, and the address as we know it, whatever it is
/// rewritten to on the way.
pub(super) fn of_the_recipient(address: &EmailAddress) -> String {
    let original = format!("rfc822;{}", xtext(address.as_str()));
    // RFC 6533 §3 has another type for addresses in UTF-8; without it the recipient of the envelope is named.
    if address.needs_smtputf8() || original.len() > ORCPT {
        return " NOTIFY=FAILURE".to_owned();
    }
    format!(" NOTIFY=FAILURE ORCPT={original}")
}

/// RFC 3461 §4: printable ASCII as it is, but `+` and `=`, and all else as `+` and two hexadecimal digits.
fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'+' && byte != b'=' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("+{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_xtext() {
        let wishes = |text| of_the_recipient(&EmailAddress::parse(text).expect("an address"));
        assert_eq!(
            wishes("ann+news=x@example.net"),
            " NOTIFY=FAILURE ORCPT=rfc822;ann+2Bnews+3Dx@example.net"
        );
        assert_eq!(wishes("j\u{f6}rg@example.net"), " NOTIFY=FAILURE");
    }

    #[test]
    fn a_name_for_the_envelope_is_left_out_where_it_would_be_too_long() {
        assert_eq!(of_the_letter("12.0a1b@example.org"), " RET=HDRS ENVID=12.0a1b");
        assert_eq!(of_the_letter(&format!("{}@example.org", "a".repeat(101))), " RET=HDRS");
        assert_eq!(of_the_letter("@example.org"), " RET=HDRS");
    }
}

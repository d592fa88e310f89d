//! Letters over TLS, with real handshakes: an authority that the test makes, and servers that ought not to be trusted.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use meridian::config::{Config, Purpose};
use meridian::doctor::{self, Level};
use meridian::ids::MailId;
use meridian::mail::State;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::server::{Privacy, Server};
use super::{by, outcomes, post, state};
use crate::support::app::App;

/// An authority of one's own, with its certificate in a file as an operator has it.
struct Authority {
    it: CertifiedIssuer<'static, KeyPair>,
    place: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        Self::named("Ours")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().expect("a key");
        let it = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let place = tempfile::tempdir().expect("a directory");
        std::fs::write(place.path().join("ca.pem"), it.pem()).expect("written");
        Self { it, place }
    }

    fn file(&self) -> PathBuf {
        self.place.path().join("ca.pem")
    }

    /// A server's certificate for `name`, which ended in that year.
    fn certify(&self, name: &str, until: i32) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.it).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a server");
        TlsAcceptor::from(Arc::new(config))
    }
}

const HERE: &str = "127.0.0.1";
/// A year in which no test runs any more.
const LATER: i32 = 4000;

/// What `MERIDIAN_MAIL` says of a server, with a login that must not be readable.
fn route(scheme: &str, server: &Server, parameters: &str) -> String {
    format!("{scheme}://desk:hush@{}?timeout=5{parameters}", server.address)
}

async fn answer(app: &App, id: MailId) -> String {
    sqlx::query_scalar("select answer from mail_attempts where mail_id = $1 order by number desc limit 1")
        .bind(id)
        .fetch_one(app.db.pool())
        .await
        .expect("an answer")
}

#[actix_web::test]
async fn letters_leave_over_tls_from_the_first_byte_and_over_starttls() {
    let (app, ours) = (App::start().await, Authority::new());
    let ca = format!("&ca={}", ours.file().display());
    let acceptor = ours.certify(HERE, LATER);
    for (number, (scheme, more, privacy)) in [
        ("smtps", "", Privacy::Whole(acceptor.clone())),
        ("smtp", "&tls=required", Privacy::Offered(acceptor.clone())),
        ("smtp", "&tls=opportunistic", Privacy::Offered(acceptor)),
    ]
    .into_iter()
    .enumerate()
    {
        let server = Server::start_private(privacy).await;
        let delivery = by(&app, route(scheme, &server, &format!("{more}{ca}")));
        let id = post(&app, "ana@people.test", number).await.expect("posted");
        assert_eq!(
            delivery.round().await.expect("a round").sent,
            1,
            "{}",
            answer(&app, id).await
        );
        assert_eq!(server.seen.taken.borrow().len(), 1);
        assert!(server.seen.shaken.get() > 0, "{scheme}{more}");
        let readable = server.seen.readable.borrow();
        assert!(
            readable
                .iter()
                .all(|verb| ["EHLO", "STARTTLS"].contains(&verb.as_str())),
            "{readable:?}"
        );
    }
}

/// Nothing goes to this server, the answer says why and what to do, and the letter is still there when the server is mended.
async fn refused(ours: &Authority, (scheme, more): (&str, &str), privacy: Privacy, words: &[&str]) {
    let app = App::start().await;
    let ca = format!("&ca={}", ours.file().display());
    let more = more.replace("&ca", &ca);
    let server = Server::start_private(privacy).await;
    let delivery = by(&app, route(scheme, &server, &more));
    let id = post(&app, "ana@people.test", 1).await.expect("posted");
    let round = delivery.round().await.expect("a round");
    assert_eq!((round.sent, round.later, round.dead), (0, 1, 0));
    let said = answer(&app, id).await;
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("hush"), "{said}");
    assert!(server.seen.taken.borrow().is_empty());
    let readable = server.seen.readable.borrow().clone();
    assert!(
        readable
            .iter()
            .all(|verb| ["EHLO", "STARTTLS", "QUIT"].contains(&verb.as_str())),
        "{readable:?}"
    );
    let admin = app.admin().await;
    let page = admin.page(&format!("/admin/mail/{id}")).await;
    assert!(page.contains("othing was sent"), "{page}");

    // The doctor says the same before the first letter.
    let vars = [
        ("MERIDIAN_MAIL", route(scheme, &server, &more)),
        ("MERIDIAN_SITE_URL", app.url.clone()),
        ("MERIDIAN_SECRET", ('!'..='~').collect()),
        ("DATABASE_URL", "postgres://unused".to_owned()),
    ];
    let lookup = |name: &str| {
        vars.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
    };
    let config = Config::read(Purpose::Serve, &lookup).expect("a configuration");
    let finding = doctor::mail(&config.mail).await;
    assert_eq!(finding.level, Level::Bad);
    assert!(words.iter().all(|word| finding.seen.contains(word)), "{finding}");

    // Mended: the letter was waiting.
    assert_eq!(state(&app, id).await, State::Queued);
    app.clock.advance(TimeDelta::hours(1));
    let mended = Server::start_private(Privacy::Whole(ours.certify(HERE, LATER))).await;
    let delivery = by(&app, route("smtps", &mended, &ca));
    assert_eq!(delivery.round().await.expect("a round").sent, 1);
    assert_eq!(outcomes(&app, id).await, ["unreachable", "sent"]);
}

#[actix_web::test]
async fn an_offer_of_starttls_that_was_taken_out_on_the_way_is_no_reason_to_do_without() {
    let words = ["offers no STARTTLS", "smtps://"];
    refused(
        &Authority::new(),
        ("smtp", "&tls=required&ca"),
        Privacy::TakenOut,
        &words,
    )
    .await;
}

#[actix_web::test]
async fn a_server_that_does_not_begin_with_tls_is_not_talked_to() {
    let words = ["does not begin with TLS", "tls=required"];
    refused(&Authority::new(), ("smtps", "&ca"), Privacy::None, &words).await;
}

#[actix_web::test]
async fn a_certificate_for_another_name_is_refused() {
    let ours = Authority::new();
    let words = ["is not for 127.0.0.1", "as HOST in MERIDIAN_MAIL"];
    let other = ours.certify("mail.example", LATER);
    refused(
        &ours,
        ("smtp", "&tls=required&ca"),
        Privacy::Offered(other.clone()),
        &words,
    )
    .await;
    refused(&ours, ("smtps", "&ca"), Privacy::Whole(other), &words).await;
}

#[actix_web::test]
async fn a_certificate_that_has_expired_is_refused() {
    let ours = Authority::new();
    let old = Privacy::Offered(ours.certify(HERE, 2021));
    refused(&ours, ("smtp", "&tls=required&ca"), old, &["has expired", "renews it"]).await;
}

#[actix_web::test]
async fn an_authority_that_nobody_named_is_not_believed() {
    let ours = Authority::new();
    let stranger = Authority::named("Somebody").certify(HERE, LATER);
    let words = ["an authority that nobody here knows", "ca=FILE"];
    refused(
        &ours,
        ("smtp", "&tls=required"),
        Privacy::Offered(stranger.clone()),
        &words,
    )
    .await;
    // Nor one beside that which was named, whatever it calls itself.
    let words = ["not from the authority that ca=FILE"];
    refused(&ours, ("smtp", "&tls=required&ca"), Privacy::Offered(stranger), &words).await;
    let namesake = Authority::new().certify(HERE, LATER);
    refused(&ours, ("smtps", "&ca"), Privacy::Whole(namesake), &words).await;
}

//! A database that cannot be used is told in a sentence, and never with its password.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use pressrun::model::SubscriptionState;
use pressrun::store::{Store, StoreError, Terms};

use crate::postgres;
use crate::store_world::{at, confirmed, draft, list, name, readers};

async fn refusal(url: &str) -> String {
    Store::open(url).await.expect_err("it does not open").to_string()
}

/// Runs SQL behind the store's back.
pub(crate) async fn tamper(url: &str, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite:") {
        let mut db = SqliteConnection::connect(url).await.expect("opens");
        db.execute(sql).await.expect("runs");
        db.close().await.expect("closes");
    } else {
        let mut db = PgConnection::connect(url).await.expect("opens");
        db.execute(sql).await.expect("runs");
        db.close().await.expect("closes");
    }
}

/// The address of an empty database on each engine, and the folder of the first.
pub(crate) async fn urls() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut urls = vec![format!("sqlite:{}/pressrun.db", folder.path().display())];
    urls.extend(postgres::fresh_database().await);
    (folder, urls)
}

#[tokio::test]
async fn a_missing_folder_and_an_unusable_file_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = format!("sqlite:{}/no/such/pressrun.db", folder.path().display());
    let sentence = refusal(&missing).await;
    assert!(sentence.contains("/no/such") && sentence.contains("does not exist"), "{sentence}");
    let sentence = refusal(&format!("sqlite:{}", folder.path().display())).await;
    assert!(sentence.contains("cannot be opened or created"), "{sentence}");
    let other = folder.path().join("letter.txt");
    std::fs::write(&other, "this is no database, though it is long enough to look like one".repeat(99))
        .expect("writes");
    let sentence = refusal(&format!("sqlite:{}", other.display())).await;
    assert!(sentence.contains("letter.txt") && sentence.contains("not a database"), "{sentence}");
}

#[tokio::test]
async fn no_refusal_holds_a_password() {
    for url in
        ["postgres://ann:s3cret@127.0.0.1:1/news", "postgres://ann:s3cret@[::/x", "mysql://ann:s3cret@h/x"]
    {
        let error = Store::open(url).await.expect_err("it does not open");
        let said = format!("{error} {error:?}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    assert!(matches!(Store::open("sqlite:").await, Err(StoreError::Address)));
}

#[tokio::test]
async fn a_database_opened_again_has_kept_everything() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let store = Store::open(&url).await.expect("opens");
        confirmed(&store, "daily", &["ann@x.org"]).await;
        drop(store);
        let store = Store::open(&url).await.expect("opens again");
        assert_eq!(store.lists().await.expect("lists")[0].confirmed, 1);
    }
}

#[tokio::test]
async fn a_database_newer_than_the_program_or_of_another_build_is_not_touched() {
    let (_folder, urls) = urls().await;
    for url in urls {
        Store::open(&url).await.expect("opens");
        tamper(
            &url,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             SELECT 99, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
        let newer = Store::open(&url).await.expect_err("newer");
        assert!(matches!(newer, StoreError::Newer { found: 99, .. }), "{newer}");
        assert!(newer.to_string().contains("made by a newer program"), "{newer}");
        tamper(&url, "DELETE FROM _sqlx_migrations WHERE version = 99").await;
        let other = if url.starts_with("sqlite:") { "x'00'" } else { "'\\x00'::bytea" };
        tamper(&url, &format!("UPDATE _sqlx_migrations SET checksum = {other}")).await;
        let other = Store::open(&url).await.expect_err("another build");
        assert!(matches!(other, StoreError::OtherBuild(1)), "{other}");
    }
}

#[tokio::test]
async fn a_word_that_no_noun_knows_is_an_error_that_names_its_column() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let store = Store::open(&url).await.expect("opens");
        confirmed(&store, "daily", &["ann@x.org"]).await;
        let edition = draft(&store, 1).await;
        store.release(edition, &[name("daily")], &Terms::default(), at(1)).await.expect("releases");
        tamper(
            &url,
            "UPDATE deliveries SET state = 'lost'; UPDATE subscribers SET address = 'ann@secret-host'",
        )
        .await;
        let ledger = store.edition(edition).await.expect_err("unreadable").to_string();
        assert!(ledger.contains("deliveries.state") && ledger.contains("`lost` is not a state"), "{ledger}");
        let reader = store.subscribers(None, None, 9).await.expect_err("unreadable").to_string();
        assert!(reader.contains("subscribers.address") && !reader.contains("secret-host"), "{reader}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_that_start_at_once_make_one_database_and_wait_for_each_other() {
    let (_folder, urls) = urls().await;
    for url in urls {
        let (one, two) = tokio::join!(Store::open(&url), Store::open(&url));
        let (one, two) = (one.expect("opens"), two.expect("opens"));
        one.declare_lists(&[list("daily")]).await.expect("declares");
        let import = |store: Store, of: &'static str| {
            tokio::spawn(async move {
                for n in 0..40 {
                    let batch = readers(&[&format!("{of}{n}@x.org")]);
                    let state = SubscriptionState::Confirmed;
                    store.add_subscribers(&name("daily"), &batch, state, at(n)).await.expect("adds");
                }
            })
        };
        let (a, b) = (import(one.clone(), "a"), import(two, "b"));
        a.await.expect("the first ends");
        b.await.expect("the second ends");
        assert_eq!(one.lists().await.expect("lists")[0].confirmed, 80);
    }
}

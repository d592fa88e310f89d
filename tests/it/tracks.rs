//! Shipped tracks, skills and rates.

use meridian::events::Actor;
use meridian::tracks::seed;

use crate::support::app::{App, monday};

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(app.db.pool())
        .await
        .expect("a number")
}

#[actix_web::test]
async fn shipped_data_is_loaded_once_and_leaves_an_edit_alone() {
    let app = App::start().await;
    for _ in 0..2 {
        let mut tx = app.db.begin().await.expect("a transaction");
        seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
        seed::load_demo_rates(&mut tx, monday()).await.expect("loaded");
        tx.commit().await.expect("committed");
        sqlx::query("update skills set name = 'Rust (edited)', folded = 'rustedited' where slug = 'rust'")
            .execute(app.db.pool())
            .await
            .expect("edited");
    }
    let shipped = seed::areas().iter().map(|area| area.skills.len()).sum::<usize>();
    assert_eq!(
        count(&app, "select count(*) from skills").await,
        i64::try_from(shipped).expect("small")
    );
    assert_eq!(
        count(&app, "select count(*) from skills where name = 'Rust (edited)'").await,
        1
    );
    assert_eq!(
        count(&app, "select count(*) from tracks where slug = 'rust-actix'").await,
        1
    );
    assert_eq!(count(&app, "select count(*) from track_skills").await, 9);
    assert_eq!(count(&app, "select count(*) from track_checks").await, 6);
    assert_eq!(count(&app, "select count(*) from challenges").await, 1);
    assert_eq!(
        count(&app, "select count(*) from skill_aliases where low_confidence").await,
        1
    );
    let credit: i32 = sqlx::query_scalar(
        "select credit_percent from skill_adjacency a join skills s on s.id = a.skill_id
         join skills i on i.id = a.stands_in_id where s.slug = 'rust' and i.slug = 'cpp'",
    )
    .fetch_one(app.db.pool())
    .await
    .expect("a credit");
    assert_eq!(credit, 35);
}

//! The log of events: whether its chains hold, and whether the application runs as the role that cannot rewrite it.

use sqlx::PgConnection;

use super::Finding;
use crate::db::APP_ROLE;
use crate::events::verify::{Verdict, verify};

/// Both.
pub(super) async fn findings(conn: &mut PgConnection) -> Result<Vec<Finding>, sqlx::Error> {
    let role = role(conn).await?;
    let chains = verify(conn).await.map_or_else(
        |error| {
            Finding::bad(
                "audit log",
                format!("cannot be read: {}", crate::cli::words(&error)),
                READ,
            )
        },
        |verdict| judge(&verdict),
    );
    Ok(vec![role, chains])
}

const READ: &str = "run the doctor as the owner of the tables";

fn judge(verdict: &Verdict) -> Finding {
    let what = "audit log";
    match verdict {
        Verdict::Whole {
            subjects,
            events,
            figure,
        } => Finding::good(
            what,
            format!(
                "{events} events of {subjects} records, every chain holds; figure {}",
                &figure[..16]
            ),
        ),
        Verdict::Broken {
            subject_kind,
            subject_id,
            chain,
            why,
        } => Finding::bad(
            what,
            format!("event {chain} of {subject_kind} {subject_id} {}", why.words()),
            "somebody changed the log past the application: keep the database as it is, compare that record with a backup, and find out who has the owner's password",
        ),
    }
}

/// The role as such, and whether this login can take it on and the role has no more than its rights.
async fn role(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let what = "database role";
    let (there, member, login): (bool, bool, String) = sqlx::query_as(
        "select exists (select from pg_roles where rolname = $1),
                coalesce((select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = $1), false), current_user::text",
    )
    .bind(APP_ROLE)
    .fetch_one(&mut *conn)
    .await?;
    if !there {
        let cure = format!(
            "as an administrator of the server: create role {APP_ROLE} nologin; grant {APP_ROLE} to \"{login}\"; then run `meridian migrate`"
        );
        return Ok(Finding::warning(
            what,
            format!(
                "{APP_ROLE} does not exist, so pages run with the rights of {login} and could rewrite the audit log"
            ),
            cure,
        ));
    }
    if !member {
        let cure =
            format!("as an administrator of the server: grant {APP_ROLE} to \"{login}\"; then run `meridian migrate`");
        return Ok(Finding::warning(
            what,
            format!("{login} may not take on {APP_ROLE}"),
            cure,
        ));
    }
    let (writes, lacks): (bool, i64) = sqlx::query_as(
        "select has_table_privilege($1, 'events', 'insert') or has_table_privilege($1, 'events', 'update')
                or has_table_privilege($1, 'events', 'delete') or has_table_privilege($1, 'events', 'truncate')
                or has_table_privilege($1, 'event_heads', 'insert') or has_table_privilege($1, 'event_heads', 'update')
                or has_table_privilege($1, 'event_heads', 'delete') or has_table_privilege($1, 'event_heads', 'truncate')
                or (select rolsuper from pg_roles where rolname = $1),
                (select count(*) from pg_tables where schemaname = current_schema() and tablename not in ('event_heads', 'event_pending')
                 and not has_table_privilege($1, format('%I.%I', schemaname, tablename), 'select'))",
    )
    .bind(APP_ROLE)
    .fetch_one(conn)
    .await?;
    Ok(if writes {
        let cure = format!("run `meridian migrate`, and take from {APP_ROLE} what it was given beside");
        Finding::bad(what, format!("{APP_ROLE} could rewrite the audit log"), cure)
    } else if lacks > 0 {
        Finding::bad(
            what,
            format!("{APP_ROLE} cannot read {lacks} tables"),
            "run `meridian migrate` as the owner of the tables",
        )
    } else {
        Finding::good(
            what,
            format!("pages run as {APP_ROLE}, which adds to the audit log and cannot rewrite it"),
        )
    })
}

//! The tracks that the agency hires for: what a client asks for and a candidate applies to.

use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{RequestId, TrackId};
use crate::tracks::OpenTrack;

/// Every open track, the oldest first.
pub async fn open(conn: &mut PgConnection) -> AppResult<Vec<OpenTrack>> {
    listed(conn, None).await
}

/// The open tracks and the one of `request`, which may be archived since.
pub async fn open_for(conn: &mut PgConnection, request: RequestId) -> AppResult<Vec<OpenTrack>> {
    listed(conn, Some(request)).await
}

async fn listed(conn: &mut PgConnection, request: Option<RequestId>) -> AppResult<Vec<OpenTrack>> {
    Ok(sqlx::query_as!(
        OpenTrack,
        r#"select id as "id: TrackId", slug, name, summary from tracks
           where archived_at is null or id = (select track_id from role_requests where id = $1)
           order by created_at, id"#,
        request as Option<RequestId>,
    )
    .fetch_all(conn)
    .await?)
}

//! What pages are compared with: actix, sqlx and askama and nothing around them. One page lists fifty people of the same
//! table, for anybody: no session, no layout, no header, no log.

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, web};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Person {
    id: Uuid,
    code: i32,
    name: Option<String>,
    headline: String,
    seniority: Option<String>,
    country: Option<String>,
    city: Option<String>,
    available_from: Option<NaiveDate>,
    state: String,
    updated_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>People</title></head>
<body>
<h1>People</h1>
<table>
{%- for one in people %}
<tr><td><a href="/{{ one.id }}">{% if let Some(name) = one.name %}{{ name }}{% else %}M-{{ one.code }}{% endif %}</a></td><td>{{ one.headline }}</td><td>{% if let Some(band) = one.seniority %}{{ band }}{% endif %}</td><td>{% if let Some(city) = one.city %}{{ city }}{% endif %} {% if let Some(country) = one.country %}{{ country }}{% endif %}</td><td>{% if let Some(day) = one.available_from %}{{ day }}{% endif %}</td><td>{{ one.state }}</td><td>{{ one.updated_at.format("%-d %b %Y") }}</td></tr>
{%- endfor %}
</table>
</body>
</html>
"#
)]
struct People {
    people: Vec<Person>,
}

async fn people(pool: web::Data<PgPool>) -> Result<HttpResponse, actix_web::Error> {
    let people = sqlx::query_as(
        "select id, code, name, headline, seniority, country, city, available_from, state, updated_at
         from candidates order by updated_at desc, id desc limit 50",
    )
    .fetch_all(pool.get_ref())
    .await
    .map_err(actix_web::error::ErrorInternalServerError)?;
    let body = People { people }
        .render()
        .map_err(actix_web::error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// Serves the page until the process ends; says where, as the app does.
pub async fn serve(options: PgConnectOptions) -> Result<(), Box<dyn std::error::Error>> {
    let pool = PgPoolOptions::new().max_connections(10).connect_with(options).await?;
    let pool = web::Data::new(pool);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || App::new().app_data(pool.clone()).route("/", web::get().to(people)))
        .listen(listener)?
        .workers(2)
        .run();
    println!("ready http://{address}");
    Ok(server.await?)
}
